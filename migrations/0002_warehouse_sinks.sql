CREATE TABLE `compaction` (
	`shard` text PRIMARY KEY NOT NULL,
	`path` text NOT NULL,
	`pieces` text NOT NULL,
	`state` text NOT NULL,
	`updated_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `dead_letter` (
	`sink` text NOT NULL,
	`shard` text NOT NULL,
	`from_seq` integer NOT NULL,
	`batch_id` text NOT NULL,
	`tries` integer NOT NULL,
	`error` text NOT NULL,
	`wanted` integer NOT NULL,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`sink`, `shard`, `from_seq`)
);
--> statement-breakpoint
CREATE TABLE `sink` (
	`name` text NOT NULL,
	`shard` text NOT NULL,
	`after_seq` integer NOT NULL,
	`tries` integer NOT NULL,
	`retry_at_ms` integer NOT NULL,
	`error` text,
	`batches` integer NOT NULL,
	`rows` integer NOT NULL,
	`updated_ms` integer NOT NULL,
	PRIMARY KEY(`name`, `shard`)
);
--> statement-breakpoint
CREATE TABLE `snapshot` (
	`id` integer PRIMARY KEY NOT NULL,
	`day_ms` integer NOT NULL,
	`after` text,
	`parts` integer NOT NULL,
	`rows` integer NOT NULL,
	`state` text NOT NULL,
	`updated_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `manifest` ADD `first_row` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `manifest` ADD `loose` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX `manifest_loose` ON `manifest` (`shard`,`hour_ms`) WHERE "manifest"."loose" = 1;