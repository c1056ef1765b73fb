CREATE TABLE `segment_slot` (
	`slot` integer PRIMARY KEY NOT NULL,
	`key` text NOT NULL,
	`since_epoch` integer NOT NULL,
	`version` text NOT NULL,
	`version_epoch` integer NOT NULL
);
