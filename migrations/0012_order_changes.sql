CREATE TABLE `order_change` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`status` text NOT NULL,
	`actions` text NOT NULL,
	`holds` text NOT NULL,
	`removed` text,
	`reason` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `order_change_by_order` ON `order_change` (`order_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `order_change_open` ON `order_change` (`order_id`) WHERE "order_change"."status" = 'pending';