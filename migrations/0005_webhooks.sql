CREATE TABLE `engine_event` (
	`id` text PRIMARY KEY NOT NULL,
	`type` text NOT NULL,
	`subject` text NOT NULL,
	`data` text NOT NULL,
	`occurred_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `engine_event_by_occurred_at` ON `engine_event` (`occurred_at_ms`);--> statement-breakpoint
CREATE TABLE `event_cursor` (
	`reader` text NOT NULL,
	`log` text NOT NULL,
	`position` integer NOT NULL,
	PRIMARY KEY(`reader`, `log`)
);
--> statement-breakpoint
CREATE TABLE `webhook_attempt` (
	`id` text PRIMARY KEY NOT NULL,
	`delivery_id` text NOT NULL,
	`attempted_at_ms` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`http_status` integer,
	`error` text,
	`response` text
);
--> statement-breakpoint
CREATE INDEX `webhook_attempt_by_delivery` ON `webhook_attempt` (`delivery_id`);--> statement-breakpoint
CREATE INDEX `webhook_attempt_by_attempted_at` ON `webhook_attempt` (`attempted_at_ms`);--> statement-breakpoint
CREATE TABLE `webhook_delivery` (
	`id` text PRIMARY KEY NOT NULL,
	`endpoint_id` text NOT NULL,
	`event_id` text NOT NULL,
	`event_log` text NOT NULL,
	`event_type` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at_ms` integer NOT NULL,
	`started_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `webhook_delivery_due` ON `webhook_delivery` (`endpoint_id`,`next_attempt_at_ms`) WHERE "webhook_delivery"."status" = 'pending';--> statement-breakpoint
CREATE INDEX `webhook_delivery_by_ended_at` ON `webhook_delivery` (`ended_at_ms`);--> statement-breakpoint
CREATE TABLE `webhook_endpoint` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`description` text,
	`events` text NOT NULL,
	`status` text NOT NULL,
	`disabled_reason` text,
	`secrets` text NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
