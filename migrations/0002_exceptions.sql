CREATE TABLE `exception` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`order_id` text,
	`subject` text NOT NULL,
	`data` text NOT NULL,
	`assignee` text,
	`raised_at_ms` integer NOT NULL,
	`resolved_at_ms` integer,
	`resolved_by` text,
	`resolution` text,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `exception_by_status` ON `exception` (`status`,`raised_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `exception_by_order` ON `exception` (`order_id`);