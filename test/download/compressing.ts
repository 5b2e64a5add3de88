import type { MiddlewareConsumer, NestModule } from '@nestjs/common';
import compression from 'compression';

/** Puts a middleware of Express before all routes that packs what it can. */
export class Compressing implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(compression()).forRoutes('{*path}');
  }
}
