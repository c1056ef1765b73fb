CREATE TABLE `replay` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`state` text NOT NULL,
	`phase` text NOT NULL,
	`apply` integer NOT NULL,
	`from_ms` integer,
	`to_ms` integer,
	`release` integer NOT NULL,
	`revision` integer NOT NULL,
	`piece` text NOT NULL,
	`cursor` text NOT NULL,
	`counts` text NOT NULL,
	`started_ms` integer NOT NULL,
	`updated_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `replay_profile` (
	`run` integer NOT NULL,
	`id` text NOT NULL,
	`merged_into` text,
	`chosen` integer NOT NULL,
	`recent` integer NOT NULL,
	`doc` text NOT NULL,
	PRIMARY KEY(`run`, `id`)
);
