ALTER TABLE `order_change` ADD `written_off` text;--> statement-breakpoint
ALTER TABLE `order_return` ADD `carrier` text;--> statement-breakpoint
CREATE INDEX `order_return_by_tracking_number` ON `order_return` (`tracking_number`) WHERE "order_return"."tracking_number" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `expires_at_ms` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `holds_stock` integer;--> statement-breakpoint
CREATE INDEX `orders_to_expire` ON `orders` (`expires_at_ms`) WHERE "orders"."status" = 'draft' AND "orders"."expires_at_ms" IS NOT NULL;