CREATE TABLE `payment_request` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`reason` text,
	`lines` text NOT NULL,
	`shipping` integer NOT NULL,
	`failure` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	CONSTRAINT "payment_request_amount" CHECK("payment_request"."amount" > 0)
);
--> statement-breakpoint
CREATE INDEX `payment_request_by_order` ON `payment_request` (`order_id`);--> statement-breakpoint
CREATE INDEX `payment_request_pending` ON `payment_request` (`updated_at_ms`) WHERE "payment_request"."status" = 'pending';--> statement-breakpoint
CREATE TABLE `payment_request_part` (
	`id` text PRIMARY KEY NOT NULL,
	`request_id` text NOT NULL,
	`order_id` text NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`provider` text NOT NULL,
	`reference` text NOT NULL,
	`amount` integer NOT NULL,
	CONSTRAINT "payment_request_part_amount" CHECK("payment_request_part"."amount" > 0)
);
--> statement-breakpoint
CREATE INDEX `payment_request_part_by_order` ON `payment_request_part` (`order_id`);--> statement-breakpoint
ALTER TABLE `payment_transaction` ADD `parent_reference` text;