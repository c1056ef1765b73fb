CREATE TABLE `list_upload` (
	`id` text PRIMARY KEY NOT NULL,
	`list` text NOT NULL,
	`mode` text NOT NULL,
	`started_ms` integer NOT NULL,
	`finished_ms` integer,
	`lines` integer NOT NULL,
	`refused` integer NOT NULL,
	`removed` integer NOT NULL
);
