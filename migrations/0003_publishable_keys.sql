ALTER TABLE `api_key` ADD `allowed_origins` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `api_key` ADD `requires_buyer_token` integer DEFAULT false NOT NULL;