CREATE TABLE `channel_comparison` (
	`id` text PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`at_ms` integer NOT NULL,
	`checked` integer NOT NULL,
	`drifts` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `channel_comparison_by_connection` ON `channel_comparison` (`connection`,`at_ms`);--> statement-breakpoint
CREATE TABLE `channel_listing` (
	`connection` text NOT NULL,
	`listing` text NOT NULL,
	`stock_id` text,
	`external_sku` text,
	`barcode` text,
	`title` text NOT NULL,
	`sku` text,
	`match` text NOT NULL,
	`rule` text,
	`wanted_quantity` integer,
	`wanted_version` integer NOT NULL,
	`told_quantity` integer,
	`told_version` integer NOT NULL,
	`told_at_ms` integer,
	`revisions_today` integer NOT NULL,
	`wait_until_ms` integer NOT NULL,
	`last_error` text,
	`read_at_ms` integer,
	PRIMARY KEY(`connection`, `listing`),
	CONSTRAINT "channel_listing_wanted" CHECK("channel_listing"."wanted_quantity" IS NULL OR "channel_listing"."wanted_quantity" >= 0)
);
--> statement-breakpoint
CREATE INDEX `channel_listing_by_sku` ON `channel_listing` (`sku`) WHERE "channel_listing"."sku" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `channel_listing_to_tell` ON `channel_listing` (`connection`,`wait_until_ms`) WHERE "channel_listing"."wanted_quantity" IS NOT NULL AND "channel_listing"."wanted_quantity" IS NOT "channel_listing"."told_quantity";--> statement-breakpoint
CREATE TABLE `channel_notice` (
	`order_id` text NOT NULL,
	`fact` text NOT NULL,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`order_id`, `fact`)
);
--> statement-breakpoint
CREATE TABLE `channel_order` (
	`connection` text NOT NULL,
	`external_id` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`detail` text,
	`order_id` text,
	`revision` integer NOT NULL,
	`is_reserved` integer NOT NULL,
	`is_short` integer NOT NULL,
	`lines` text NOT NULL,
	`stated_at_ms` integer NOT NULL,
	`rank` integer NOT NULL,
	`digest` text NOT NULL,
	`version` integer NOT NULL,
	`received_at_ms` integer NOT NULL,
	PRIMARY KEY(`connection`, `external_id`)
);
--> statement-breakpoint
CREATE INDEX `channel_order_by_order` ON `channel_order` (`order_id`) WHERE "channel_order"."order_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `channel_order_by_outcome` ON `channel_order` (`connection`,`outcome`,`received_at_ms`);--> statement-breakpoint
CREATE INDEX `channel_order_short` ON `channel_order` (`order_id`) WHERE "channel_order"."is_short" = 1;--> statement-breakpoint
CREATE TABLE `connection` (
	`code` text PRIMARY KEY NOT NULL,
	`platform` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`settings` text NOT NULL,
	`secrets` text NOT NULL,
	`secret_names` text NOT NULL,
	`rule` text NOT NULL,
	`shortfall` text NOT NULL,
	`orders_since_ms` integer NOT NULL,
	`polled_at_ms` integer NOT NULL,
	`compared_at_ms` integer NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sku_by_barcode` ON `sku` (`barcode`) WHERE "sku"."barcode" IS NOT NULL;