package io.github.mcpsession.contract;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a store must have of some sessions, and random calls by which to compare it with a
 * store.
 */
final class SessionStoreModel {

	private static final Duration LONG = Duration.ofMinutes(5);

	private final List<SessionRecord> created = IntStream.range(0, 4)
		.mapToObj((i) -> SessionStoreContract.newSession())
		.toList();

	private final Map<String, SessionRecord> stored = new HashMap<>();

	/**
	 * Old ones, of which a change must not be saved.
	 */
	private final Map<String, SessionRecord> read = new HashMap<>();

	private final Random random;

	SessionStoreModel(Random random) {
		this.random = random;
	}

	/**
	 * Make a call to a store, and expect the same result.
	 */
	void step(SessionStore store) {
		SessionRecord session = this.created.get(this.random.nextInt(this.created.size()));
		String id = session.id();
		SessionRecord current = this.stored.get(id);
		switch (this.random.nextInt(7)) {
			case 0 -> {
				SessionRecord first = changed(session);
				assertThat(store.create(first, LONG)).isEqualTo(current == null);
				this.stored.putIfAbsent(id, first.stored(1, first.createdAt(), first.lastAccessedAt()));
			}
			case 1 -> assertThat(store.delete(id)).isEqualTo(this.stored.remove(id) != null);
			case 2 -> assertThat(store.touch(id, LONG)).isEqualTo(current != null);
			case 3 -> assertThat(store.findVersion(id).map(SessionStore.Version::number).orElse(0L))
				.isEqualTo((current != null) ? current.version() : 0);
			case 4, 5 -> replace(store, this.read.getOrDefault(id, session));
			default -> find(store, id);
		}
	}

	private void replace(SessionStore store, SessionRecord base) {
		SessionRecord current = this.stored.get(base.id());
		SessionRecord changed = changed(base);
		boolean expected = current != null && current.version() == base.version();
		assertThat(store.replace(changed)).isEqualTo(expected);
		if (expected) {
			this.stored.put(base.id(),
					changed.stored(base.version() + 1, changed.createdAt(), changed.lastAccessedAt()));
		}
	}

	private void find(SessionStore store, String id) {
		SessionRecord expected = this.stored.get(id);
		SessionRecord found = store.find(id).orElse(null);
		assertThat(found == null).isEqualTo(expected == null);
		if (found != null) {
			assertThat(found.stored(found.version(), expected.createdAt(), expected.lastAccessedAt()))
				.isEqualTo(expected);
			this.read.put(id, found);
		}
	}

	private SessionRecord changed(SessionRecord session) {
		String text = RandomCalls.text(this.random).replaceAll("[\"\\\\\\p{Cntrl}]", "");
		return switch (this.random.nextInt(4)) {
			case 0 -> session.withSubscription("test://" + text, true);
			case 1 -> session.withAttribute(text, this.random.nextBoolean() ? "\"" + text + "\"" : null);
			case 2 -> session.withListener(this.random.nextBoolean() ? "node/" + text : null);
			default -> session.withLoggingLevel(LoggingLevel.values()[this.random.nextInt(8)]);
		};
	}

}
