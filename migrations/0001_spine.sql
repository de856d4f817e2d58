CREATE TABLE `location` (
	`code` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`type` text NOT NULL,
	`address` text NOT NULL,
	`capacity_per_day` integer,
	`ships` integer NOT NULL,
	`pickup` integer NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `shipping_method` (
	`code` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`prices` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `sku` (
	`sku` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`cost` text,
	`weight_grams` integer,
	`barcode` text,
	`buyer_limit` integer,
	`backorder_limit` integer NOT NULL,
	`tax_rate_bps` integer NOT NULL,
	`attributes` text NOT NULL,
	`version` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`swept_at_ms` integer DEFAULT 0 NOT NULL,
	CONSTRAINT "sku_limits" CHECK("sku"."backorder_limit" >= 0 AND ("sku"."buyer_limit" IS NULL OR "sku"."buyer_limit" > 0))
) STRICT;
--> statement-breakpoint
CREATE TABLE `sku_price` (
	`sku` text NOT NULL,
	`currency` text NOT NULL,
	`amount` integer NOT NULL,
	PRIMARY KEY(`sku`, `currency`),
	CONSTRAINT "sku_price_amount" CHECK("sku_price"."amount" >= 0)
) STRICT;
--> statement-breakpoint
CREATE TABLE `stock_projection` (
	`sku` text PRIMARY KEY NOT NULL,
	`available` integer NOT NULL,
	`held` integer NOT NULL,
	`committed` integer NOT NULL,
	`locations` text NOT NULL,
	`version` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `fulfillment_order` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`location` text,
	`status` text NOT NULL,
	`trace` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`version` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `fulfillment_order_by_order` ON `fulfillment_order` (`order_id`);--> statement-breakpoint
CREATE INDEX `fulfillment_order_by_location` ON `fulfillment_order` (`location`,`status`);--> statement-breakpoint
CREATE INDEX `fulfillment_order_by_day` ON `fulfillment_order` (`location`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `fulfillment_order_line` (
	`id` text PRIMARY KEY NOT NULL,
	`fulfillment_order_id` text NOT NULL,
	`order_line_id` text NOT NULL,
	`sku` text NOT NULL,
	`quantity` integer NOT NULL,
	CONSTRAINT "fulfillment_order_line_quantity" CHECK("fulfillment_order_line"."quantity" > 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX `fulfillment_order_line_by_parent` ON `fulfillment_order_line` (`fulfillment_order_id`);--> statement-breakpoint
CREATE TABLE `pick_list` (
	`id` text PRIMARY KEY NOT NULL,
	`fulfillment_order_id` text NOT NULL,
	`location` text NOT NULL,
	`status` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`picked_at_ms` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `pick_list_by_location` ON `pick_list` (`location`,`status`);--> statement-breakpoint
CREATE TABLE `shipment` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`fulfillment_order_id` text NOT NULL,
	`status` text NOT NULL,
	`tracking_status` text NOT NULL,
	`carrier` text NOT NULL,
	`service` text,
	`tracking_number` text,
	`weight_grams` integer,
	`label_format` text,
	`labeled_at_ms` integer,
	`shipped_at_ms` integer,
	`delivered_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	`version` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `shipment_by_order` ON `shipment` (`order_id`);--> statement-breakpoint
CREATE INDEX `shipment_by_tracking_number` ON `shipment` (`tracking_number`);--> statement-breakpoint
CREATE TABLE `shipment_label` (
	`shipment_id` text PRIMARY KEY NOT NULL,
	`format` text NOT NULL,
	`content` blob NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `tracking_event` (
	`id` text PRIMARY KEY NOT NULL,
	`shipment_id` text NOT NULL,
	`status` text NOT NULL,
	`message` text,
	`occurred_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `tracking_event_by_shipment` ON `tracking_event` (`shipment_id`);--> statement-breakpoint
CREATE TABLE `customer` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text,
	`name` text,
	`phone` text,
	`created_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `customer_by_email` ON `customer` (`email`);--> statement-breakpoint
CREATE TABLE `import_document` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text,
	`seen` text NOT NULL,
	`state` text NOT NULL,
	`version` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `import_document_by_order` ON `import_document` (`order_id`);--> statement-breakpoint
CREATE TABLE `order_event` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`actor` text NOT NULL,
	`occurred_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `order_event_by_order` ON `order_event` (`order_id`);--> statement-breakpoint
CREATE TABLE `order_line` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`position` integer NOT NULL,
	`sku` text NOT NULL,
	`title` text NOT NULL,
	`quantity` integer NOT NULL,
	`unit_price` integer NOT NULL,
	`discount` integer NOT NULL,
	`tax` integer NOT NULL,
	`total` integer NOT NULL,
	`fulfilled_quantity` integer NOT NULL,
	`delivered_quantity` integer NOT NULL,
	`returned_quantity` integer NOT NULL,
	`canceled_quantity` integer NOT NULL,
	CONSTRAINT "order_line_quantities" CHECK("order_line"."quantity" > 0 AND "order_line"."fulfilled_quantity" BETWEEN 0 AND "order_line"."quantity" AND "order_line"."canceled_quantity" BETWEEN 0 AND "order_line"."quantity" AND "order_line"."returned_quantity" BETWEEN 0 AND "order_line"."fulfilled_quantity")
) STRICT;
--> statement-breakpoint
CREATE INDEX `order_line_by_order` ON `order_line` (`order_id`);--> statement-breakpoint
CREATE INDEX `order_line_by_sku` ON `order_line` (`sku`,`order_id`);--> statement-breakpoint
CREATE TABLE `order_return` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text,
	`channel` text NOT NULL,
	`external_id` text,
	`status` text NOT NULL,
	`reason` text,
	`currency` text NOT NULL,
	`refund_amount` integer NOT NULL,
	`created_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `order_return_by_order` ON `order_return` (`order_id`);--> statement-breakpoint
CREATE INDEX `order_return_by_external_id` ON `order_return` (`channel`,`external_id`);--> statement-breakpoint
CREATE TABLE `orders` (
	`id` text PRIMARY KEY NOT NULL,
	`number` integer NOT NULL,
	`status` text NOT NULL,
	`payment_status` text NOT NULL,
	`fulfillment_status` text NOT NULL,
	`currency` text NOT NULL,
	`subtotal` integer NOT NULL,
	`discount_total` integer NOT NULL,
	`shipping_total` integer NOT NULL,
	`tax_total` integer NOT NULL,
	`total` integer NOT NULL,
	`customer_id` text,
	`shipping_address` text,
	`shipping_method` text,
	`channel` text NOT NULL,
	`external_id` text,
	`hold_id` text,
	`buyer` text,
	`metadata` text,
	`cancel_reason` text,
	`placed_at_ms` integer NOT NULL,
	`stock_committed_at_ms` integer,
	`completed_at_ms` integer,
	`canceled_at_ms` integer,
	`updated_at_ms` integer NOT NULL,
	`version` integer NOT NULL,
	CONSTRAINT "orders_total" CHECK("orders"."total" = "orders"."subtotal" - "orders"."discount_total" + "orders"."shipping_total" + "orders"."tax_total" AND "orders"."total" >= 0)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `orders_by_number` ON `orders` (`number`);--> statement-breakpoint
CREATE UNIQUE INDEX `orders_by_hold` ON `orders` (`hold_id`) WHERE "orders"."hold_id" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `orders_by_external_id` ON `orders` (`channel`,`external_id`) WHERE "orders"."external_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `orders_without_stock` ON `orders` (`placed_at_ms`) WHERE "orders"."stock_committed_at_ms" IS NULL AND "orders"."hold_id" IS NOT NULL AND "orders"."status" = 'placed';--> statement-breakpoint
CREATE INDEX `orders_by_placed_at` ON `orders` (`placed_at_ms`,`id`);--> statement-breakpoint
CREATE INDEX `orders_by_customer` ON `orders` (`customer_id`,`placed_at_ms`);--> statement-breakpoint
CREATE TABLE `payment_transaction` (
	`id` text PRIMARY KEY NOT NULL,
	`order_id` text NOT NULL,
	`kind` text NOT NULL,
	`amount` integer NOT NULL,
	`currency` text NOT NULL,
	`provider` text NOT NULL,
	`reference` text NOT NULL,
	`occurred_at_ms` integer NOT NULL,
	CONSTRAINT "payment_transaction_amount" CHECK("payment_transaction"."amount" > 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX `payment_transaction_by_order` ON `payment_transaction` (`order_id`);--> statement-breakpoint
CREATE TABLE `return_line` (
	`id` text PRIMARY KEY NOT NULL,
	`return_id` text NOT NULL,
	`order_line_id` text,
	`sku` text NOT NULL,
	`quantity` integer NOT NULL,
	`amount` integer NOT NULL,
	CONSTRAINT "return_line_quantity" CHECK("return_line"."quantity" > 0)
) STRICT;
--> statement-breakpoint
CREATE INDEX `return_line_by_return` ON `return_line` (`return_id`);--> statement-breakpoint
CREATE TABLE `api_key` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`last4` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`revoked_at_ms` integer
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_key_by_hash` ON `api_key` (`hash`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`id` text PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`request_id` text,
	`data` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `audit_log_by_subject` ON `audit_log` (`subject`);--> statement-breakpoint
CREATE TABLE `dead_letter` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`attempts` integer NOT NULL,
	`error` text NOT NULL,
	`received_at_ms` integer NOT NULL,
	`replayed_at_ms` integer
) STRICT;
--> statement-breakpoint
CREATE INDEX `dead_letter_by_received_at` ON `dead_letter` (`received_at_ms`);--> statement-breakpoint
CREATE TABLE `idempotency` (
	`scope` text PRIMARY KEY NOT NULL,
	`body_hash` text NOT NULL,
	`status` integer NOT NULL,
	`body` text NOT NULL,
	`created_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`next_attempt_at_ms` integer NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `outbox_by_next_attempt` ON `outbox` (`next_attempt_at_ms`);
--> statement-breakpoint
CREATE TRIGGER `audit_log_keeps` BEFORE UPDATE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_log_keeps_all` BEFORE DELETE ON `audit_log` BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
--> statement-breakpoint
INSERT INTO `shipping_method` (`code`, `title`, `prices`) VALUES ('standard', 'Standard', '{}'), ('express', 'Express', '{}'), ('pickup', 'Pick-up', '{}');
