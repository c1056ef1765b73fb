CREATE TABLE `activation` (
	`epoch` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`release` integer NOT NULL,
	`stopped` integer NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `draft` (
	`id` integer PRIMARY KEY NOT NULL,
	`revision` integer NOT NULL,
	`body` text NOT NULL,
	`updated_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `identifier` (
	`type` text NOT NULL,
	`value` text NOT NULL,
	`profile_id` text NOT NULL,
	PRIMARY KEY(`type`, `value`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `lease` (
	`name` text PRIMARY KEY NOT NULL,
	`fence` integer NOT NULL,
	`holder` text NOT NULL,
	`until_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `manifest` (
	`shard` text NOT NULL,
	`from_seq` integer NOT NULL,
	`to_seq` integer NOT NULL,
	`hour_ms` integer NOT NULL,
	`entries` integer NOT NULL,
	`batch_id` text,
	`path` text,
	`rows` integer,
	`bytes` integer,
	`state` text NOT NULL,
	`fence` integer NOT NULL,
	`updated_ms` integer NOT NULL,
	PRIMARY KEY(`shard`, `from_seq`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `outbox` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`commit_id` text NOT NULL,
	`received_ms` integer NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `profile` (
	`id` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`merged_into` text,
	`due_ms` integer,
	`doc` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `profile_due` ON `profile` (`due_ms`) WHERE "profile"."due_ms" is not null;--> statement-breakpoint
CREATE TABLE `release` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`body` text NOT NULL,
	`note` text NOT NULL,
	`created_ms` integer NOT NULL
);
