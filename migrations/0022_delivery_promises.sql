CREATE TABLE `delivery_promise` (
	`order_id` text PRIMARY KEY NOT NULL,
	`method` text NOT NULL,
	`earliest_on` text NOT NULL,
	`latest_on` text NOT NULL,
	`due_at_ms` integer NOT NULL,
	`made_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `delivery_promise_by_time` ON `delivery_promise` (`made_at_ms`);--> statement-breakpoint
ALTER TABLE `shipping_method` ADD `is_offered` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `shipping_method` ADD `delivery` text;--> statement-breakpoint
ALTER TABLE `shipping_method` ADD `version` integer DEFAULT 1 NOT NULL;