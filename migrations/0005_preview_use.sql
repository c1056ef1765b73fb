CREATE TABLE `preview_use` (
	`id` text PRIMARY KEY NOT NULL,
	`until_ms` integer NOT NULL
);
