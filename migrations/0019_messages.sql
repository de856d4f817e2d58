CREATE TABLE `brand` (
	`code` text PRIMARY KEY NOT NULL,
	`identity` text NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `buyer_contact` (
	`buyer` text PRIMARY KEY NOT NULL,
	`customer_id` text NOT NULL,
	`brand` text,
	`language` text,
	`created_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `buyer_contact_by_customer` ON `buyer_contact` (`customer_id`);--> statement-breakpoint
CREATE TABLE `contact_rule` (
	`customer_id` text PRIMARY KEY NOT NULL,
	`opted_out_at_ms` integer,
	`suppressed_at_ms` integer,
	`suppressed_because` text,
	`updated_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `message` (
	`id` text PRIMARY KEY NOT NULL,
	`template` text NOT NULL,
	`status` text NOT NULL,
	`reason` text,
	`order_id` text,
	`customer_id` text,
	`about` text NOT NULL,
	`brand` text NOT NULL,
	`language` text,
	`data` text NOT NULL,
	`attempts` integer NOT NULL,
	`edition` integer DEFAULT 1 NOT NULL,
	`next_attempt_at_ms` integer NOT NULL,
	`due_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`ended_at_ms` integer,
	`provider` text,
	`provider_reference` text,
	`outcome` text,
	CONSTRAINT "message_edition" CHECK("message"."edition" > 0 AND "message"."attempts" >= 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX `message_due` ON `message` (`next_attempt_at_ms`) WHERE "message"."status" = 'pending';--> statement-breakpoint
CREATE INDEX `message_by_order` ON `message` (`order_id`);--> statement-breakpoint
CREATE INDEX `message_by_status` ON `message` (`status`,`id`);--> statement-breakpoint
CREATE INDEX `message_by_customer` ON `message` (`customer_id`);--> statement-breakpoint
CREATE INDEX `message_by_provider_reference` ON `message` (`provider_reference`) WHERE "message"."provider_reference" IS NOT NULL;--> statement-breakpoint
CREATE TABLE `message_setting` (
	`code` text PRIMARY KEY NOT NULL,
	`setting` text NOT NULL,
	`version` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `order_return` ADD `instructions` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `label_url` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `brand` text;--> statement-breakpoint
ALTER TABLE `orders` ADD `language` text;--> statement-breakpoint
ALTER TABLE `payment_request` ADD `notify` integer DEFAULT true NOT NULL;--> statement-breakpoint
-- Buyers are told of what happens from now on.
INSERT INTO `event_cursor` (`reader`, `log`, `position`)
SELECT 'notifications', 'order_event', coalesce((SELECT max(rowid) FROM `order_event`), 0)
UNION ALL
SELECT 'notifications', 'engine_event', coalesce((SELECT max(rowid) FROM `engine_event`), 0)
WHERE true ON CONFLICT DO NOTHING;
