CREATE TABLE `model` (
	`version` integer PRIMARY KEY NOT NULL,
	`body` text NOT NULL,
	`created_ms` integer NOT NULL
);
