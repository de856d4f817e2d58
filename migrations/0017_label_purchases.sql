CREATE TABLE `label_purchase` (
	`shipment_id` text PRIMARY KEY NOT NULL,
	`sequence` integer NOT NULL,
	`asked_at_ms` integer,
	`lease_until_ms` integer NOT NULL,
	`carrier_reference` text,
	`track_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `label_purchase_to_track` ON `label_purchase` (`track_at_ms`) WHERE "label_purchase"."track_at_ms" IS NOT NULL;