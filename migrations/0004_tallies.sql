CREATE TABLE `choice` (
	`what` text PRIMARY KEY NOT NULL,
	`policy` text NOT NULL,
	`arm` text NOT NULL,
	`action` text NOT NULL,
	`leaf` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `choice_tally` (
	`what` text NOT NULL,
	`model` integer NOT NULL,
	`goal` text NOT NULL,
	`currency` text NOT NULL,
	`hour` integer NOT NULL,
	`impressions` integer NOT NULL,
	`clicks` integer NOT NULL,
	`rewarded` integer NOT NULL,
	`rewards` integer NOT NULL,
	`micro` integer NOT NULL,
	`squares` real NOT NULL,
	PRIMARY KEY(`what`, `model`, `goal`, `currency`, `hour`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `experiment_tally` (
	`experiment` text NOT NULL,
	`arm` text NOT NULL,
	`hour` integer NOT NULL,
	`goal` text NOT NULL,
	`currency` text NOT NULL,
	`people` integer NOT NULL,
	`crossed` integer NOT NULL,
	`exposures` integer NOT NULL,
	`converted` integer NOT NULL,
	`conversions` integer NOT NULL,
	`micro` integer NOT NULL,
	`squares` real NOT NULL,
	PRIMARY KEY(`experiment`, `arm`, `hour`, `goal`, `currency`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `tallied_batch` (
	`batch_id` text PRIMARY KEY NOT NULL,
	`token` text NOT NULL,
	`at_ms` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `tallied_batch_at` ON `tallied_batch` (`at_ms`);
