CREATE TABLE `automation_rule` (
	`code` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`status` text NOT NULL,
	`on_types` text NOT NULL,
	`conditions` text NOT NULL,
	`actions` text NOT NULL,
	`runs_max` integer NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `automation_run` (
	`id` text PRIMARY KEY NOT NULL,
	`rule` text NOT NULL,
	`rule_version` integer NOT NULL,
	`event_id` text NOT NULL,
	`event_log` text NOT NULL,
	`event_type` text NOT NULL,
	`event_at_ms` integer NOT NULL,
	`subject` text NOT NULL,
	`order_id` text,
	`status` text NOT NULL,
	`reason` text,
	`depth` integer NOT NULL,
	`chain` text NOT NULL,
	`actions` text NOT NULL,
	`outcomes` text,
	`last_error` text,
	`created_at_ms` integer NOT NULL,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `automation_run_by_rule` ON `automation_run` (`rule`,`subject`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `automation_run_by_order` ON `automation_run` (`order_id`) WHERE "automation_run"."order_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `automation_run_by_created_at` ON `automation_run` (`created_at_ms`);--> statement-breakpoint
CREATE TABLE `bulk_item` (
	`job_id` text NOT NULL,
	`order_id` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`undo` text,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`job_id`, `order_id`)
);
--> statement-breakpoint
CREATE TABLE `bulk_job` (
	`id` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`action` text NOT NULL,
	`filter` text NOT NULL,
	`undoes` text,
	`matched` integer NOT NULL,
	`done` integer NOT NULL,
	`refused` integer NOT NULL,
	`position` text,
	`created_by` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE TABLE `order_route` (
	`order_id` text PRIMARY KEY NOT NULL,
	`location` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `order_tag` (
	`order_id` text NOT NULL,
	`tag` text NOT NULL,
	`placed_at_ms` integer NOT NULL,
	PRIMARY KEY(`order_id`, `tag`)
);
--> statement-breakpoint
CREATE INDEX `order_tag_by_tag` ON `order_tag` (`tag`,`placed_at_ms`,`order_id`);