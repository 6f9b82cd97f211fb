/**
 * The backend on Redis 6.2 or later, or Valkey.
 */
@NullMarked
package io.github.mcpsession.redis;

import org.jspecify.annotations.NullMarked;
