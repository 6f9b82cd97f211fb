package io.github.mcpsession;

import java.time.Instant;

/**
 * What tells whether a session is still as it was read.
 *
 * @param version the version of its record
 * @param lastAccessedAt when its idle timeout was last reset, by the store's clock
 * @since 0.1.0
 * @see SessionStore#findVersion
 */
public record SessionVersion(long version, Instant lastAccessedAt) {
}
