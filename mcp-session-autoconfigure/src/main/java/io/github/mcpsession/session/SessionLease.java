package io.github.mcpsession.session;

import java.util.concurrent.atomic.AtomicBoolean;

import io.github.mcpsession.SessionRecord;

/**
 * A local session in use by one request: it is neither evicted nor does it expire
 * meanwhile. Close it when the request and all that it streams has ended; closing it
 * again does nothing.
 *
 * @see SessionResolver#resolve
 */
public final class SessionLease implements AutoCloseable {

	private final LocalSession session;

	private final SessionRecord record;

	private final boolean restored;

	private final AtomicBoolean closed = new AtomicBoolean();

	SessionLease(LocalSession session, boolean restored) {
		this.session = session;
		this.record = session.record();
		this.restored = restored;
	}

	/**
	 * The session as it was last read from the store.
	 * @return the record
	 */
	public SessionRecord record() {
		return this.record;
	}

	/**
	 * Whether it was this request for which the session was restored on this node.
	 * @return whether the session was restored
	 */
	public boolean isRestored() {
		return this.restored;
	}

	@Override
	public void close() {
		if (this.closed.compareAndSet(false, true)) {
			this.session.use().release();
		}
	}

}
