CREATE TABLE `return_policy` (
	`code` text PRIMARY KEY NOT NULL,
	`policy` text NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `store_credit` (
	`id` text PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`order_id` text NOT NULL,
	`return_id` text,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	CONSTRAINT "store_credit_amount" CHECK("store_credit"."amount" <> 0)
);
--> statement-breakpoint
CREATE INDEX `store_credit_by_customer` ON `store_credit` (`customer_id`,`created_at_ms`);--> statement-breakpoint
ALTER TABLE `order_return` ADD `kind` text DEFAULT 'return' NOT NULL;--> statement-breakpoint
ALTER TABLE `order_return` ADD `location` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `tracking_number` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `outcome` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `settlement` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `exchange_order_id` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `version` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `hold_reason` text;--> statement-breakpoint
ALTER TABLE `return_line` ADD `reason` text;--> statement-breakpoint
ALTER TABLE `return_line` ADD `received_quantity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `return_line` ADD `restocked_quantity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `return_line` ADD `damaged_quantity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `return_line` ADD `quality_control_quantity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `return_line` ADD `missing_quantity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `payment_request` ADD `because` text DEFAULT 'asked' NOT NULL;