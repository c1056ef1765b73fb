CREATE TABLE `stock` (
	`action` text PRIMARY KEY NOT NULL,
	`taken` integer NOT NULL,
	`commit_id` text NOT NULL
);
