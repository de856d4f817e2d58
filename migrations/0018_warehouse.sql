CREATE TABLE `bin` (
	`location` text NOT NULL,
	`sku` text NOT NULL,
	`zone` text NOT NULL,
	`bin` text NOT NULL,
	PRIMARY KEY(`location`, `sku`)
);
--> statement-breakpoint
CREATE TABLE `manifest` (
	`id` text PRIMARY KEY NOT NULL,
	`location` text NOT NULL,
	`carrier` text NOT NULL,
	`request` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `manifest_by_request` ON `manifest` (`request`);--> statement-breakpoint
CREATE INDEX `manifest_by_location` ON `manifest` (`location`,`id`);--> statement-breakpoint
CREATE TABLE `manifest_parcel` (
	`shipment_id` text PRIMARY KEY NOT NULL,
	`manifest_id` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `manifest_parcel_by_manifest` ON `manifest_parcel` (`manifest_id`);--> statement-breakpoint
CREATE TABLE `parcel_size` (
	`code` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`length_mm` integer NOT NULL,
	`width_mm` integer NOT NULL,
	`height_mm` integer NOT NULL,
	`grams_max` integer NOT NULL,
	`grams` integer NOT NULL,
	CONSTRAINT "parcel_size_grams" CHECK("parcel_size"."grams_max" > "parcel_size"."grams")
);
--> statement-breakpoint
CREATE TABLE `pick_scan` (
	`id` text PRIMARY KEY NOT NULL,
	`pick_list_id` text NOT NULL,
	`sku` text NOT NULL,
	`quantity` integer NOT NULL,
	`request` text NOT NULL,
	`actor` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `pick_scan_by_list` ON `pick_scan` (`pick_list_id`,`sku`);--> statement-breakpoint
CREATE INDEX `pick_scan_by_request` ON `pick_scan` (`request`);--> statement-breakpoint
CREATE TABLE `wave` (
	`id` text PRIMARY KEY NOT NULL,
	`location` text NOT NULL,
	`status` text NOT NULL,
	`request` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`ended_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `wave_by_request` ON `wave` (`request`);--> statement-breakpoint
CREATE INDEX `wave_by_location` ON `wave` (`location`,`status`);--> statement-breakpoint
CREATE TABLE `wave_pick_list` (
	`pick_list_id` text PRIMARY KEY NOT NULL,
	`wave_id` text NOT NULL,
	`slot` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `wave_pick_list_by_wave` ON `wave_pick_list` (`wave_id`);--> statement-breakpoint
ALTER TABLE `shipment` ADD `parcel_size` text;