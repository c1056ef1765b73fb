CREATE TABLE `static_list` (
	`list` text PRIMARY KEY NOT NULL,
	`uploads` integer NOT NULL,
	`newest_upload` text NOT NULL
);
--> statement-breakpoint
INSERT INTO `static_list` (`list`, `uploads`, `newest_upload`)
SELECT `list`, `uploads`, `id` FROM (
	SELECT `list`, count(*) AS `uploads`, `id`, max(`started_ms`) FROM `list_upload` GROUP BY `list`
);
