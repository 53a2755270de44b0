-- Log lines stand in each environment's activity now, a Durable Object of its own.
DROP TABLE logs;
