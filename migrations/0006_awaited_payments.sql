CREATE TABLE `payment` (
	`provider` text NOT NULL,
	`reference` text NOT NULL,
	`order_id` text NOT NULL,
	`status` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`redirect_url` text,
	`check_at_ms` integer,
	`due_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`provider`, `reference`)
);
--> statement-breakpoint
CREATE INDEX `payment_by_order` ON `payment` (`order_id`);--> statement-breakpoint
CREATE INDEX `payment_to_check` ON `payment` (`check_at_ms`) WHERE "payment"."check_at_ms" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `payment_news` (
	`id` text PRIMARY KEY NOT NULL,
	`provider` text NOT NULL,
	`reference` text NOT NULL,
	`order_id` text,
	`state` text,
	`status` text NOT NULL,
	`received_at_ms` integer NOT NULL,
	`touched_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `payment_news_received` ON `payment_news` (`touched_at_ms`) WHERE "payment_news"."status" = 'received';--> statement-breakpoint
CREATE INDEX `payment_news_by_age` ON `payment_news` (`received_at_ms`);--> statement-breakpoint
ALTER TABLE `payment_request_part` ADD `remainder` text DEFAULT 'release' NOT NULL;