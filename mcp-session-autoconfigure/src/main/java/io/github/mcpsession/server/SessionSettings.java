package io.github.mcpsession.server;

import java.time.Duration;

import io.github.mcpsession.SessionManager.StorageMode;

/**
 * How sessions are handled on this node.
 *
 * @param storageMode where sessions are kept
 * @param timeout how long a session lives unless it is used
 * @param validationInterval how long to believe that a session which this node holds
 * still exists
 * @param principalBinding whether a session is only for the principal that initialized it
 * @param storeTimeout how long to wait for the store
 * @param maxLocalSessions how many sessions this node holds at the most, not counting
 * those in use
 * @param localIdleTimeout when to drop a copy that is not used
 * @since 0.1.0
 */
public record SessionSettings(StorageMode storageMode, Duration timeout, Duration validationInterval,
		boolean principalBinding, Duration storeTimeout, int maxLocalSessions, Duration localIdleTimeout) {
}
