CREATE TABLE `routing_plan` (
	`code` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`status` text NOT NULL,
	`plan` text NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `location` ADD `groups` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `location` ADD `capabilities` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `fulfillment_order` ADD `rejected_reason` text;--> statement-breakpoint
ALTER TABLE `fulfillment_order` ADD `queue` text;--> statement-breakpoint
ALTER TABLE `fulfillment_order` ADD `cancel_at_ms` integer;