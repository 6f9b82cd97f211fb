package io.github.mcpsession.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * What every store must do that can list sessions. Other tests may have left sessions.
 */
public abstract class ListableSessionStoreContract extends SessionStoreContract {

	private static final Duration LONG = Duration.ofMinutes(5);

	/**
	 * Whether sessions come in the order of their ids, each once, and no more than the
	 * limit.
	 */
	protected boolean isOrdered() {
		return true;
	}

	protected static SessionRecord newSession(String id) {
		return SessionRecord.create(id, newSession().initializeRequest(), "2025-06-18", "alice");
	}

	private static SessionRecord newSessionOf(String principal) {
		SessionRecord session = newSession();
		return SessionRecord.create(session.id(), session.initializeRequest(), session.protocolVersion(), principal);
	}

	private int count(String principal) {
		return listable(createStore()).countByPrincipal(principal);
	}

	private List<String> create(int count) {
		return IntStream.range(0, count).mapToObj((i) -> create(newSession())).toList();
	}

	private String create(SessionRecord session) {
		assertThat(this.store.create(session, LONG)).isTrue();
		return session.id();
	}

	private ListableSessionStore listable(SessionStore store) {
		assertThat(store).isInstanceOf(ListableSessionStore.class);
		return (ListableSessionStore) store;
	}

	/**
	 * All sessions, page by page, each page read by another node.
	 */
	private List<SessionRecord> listAll(int limit) {
		List<SessionRecord> sessions = new ArrayList<>();
		String cursor = null;
		do {
			SessionPage page = listable(createStore()).list(cursor, limit);
			assertThat(page.sessions()).extracting(SessionRecord::id).doesNotHaveDuplicates();
			if (isOrdered()) {
				assertThat(page.sessions()).hasSizeLessThanOrEqualTo(limit);
			}
			sessions.addAll(page.sessions());
			cursor = page.next();
		}
		while (cursor != null);
		if (isOrdered()) {
			assertThat(sessions).extracting(SessionRecord::id)
				.doesNotHaveDuplicates()
				.isSortedAccordingTo(Comparator.naturalOrder());
		}
		return sessions;
	}

	private Set<String> idsOfAll(int limit) {
		return new HashSet<>(listAll(limit).stream().map(SessionRecord::id).toList());
	}

	@Test
	void allSessionsAreOnSomePage() {
		List<String> ids = create(40);
		for (int limit : new int[] { 1, 3, 1000 }) {
			assertThat(idsOfAll(limit)).containsAll(ids);
		}
	}

	@Test
	void aListedSessionIsTheOneThatIsFound() {
		String id = create(newSession().withAttribute("name", "\"Zoë 🛒\""));
		SessionRecord found = this.store.find(id).orElseThrow();
		assertThat(this.store.replace(found.withListener("n/s"))).isTrue();
		assertThat(listAll(50)).contains(this.store.find(id).orElseThrow());
	}

	@Test
	void whatIsGoneExpiredOrUnreadableIsNotListed() {
		List<String> live = create(3);
		String deleted = create(newSession());
		this.store.delete(deleted);
		String unreadable = create(newSession());
		corrupt(unreadable);
		SessionRecord expired = newSession();
		assertThat(this.store.create(expired, Duration.ofMillis(50))).isTrue();
		await().atMost(Duration.ofSeconds(5)).until(() -> this.store.find(expired.id()).isEmpty());
		for (int limit : new int[] { 2, 1000 }) {
			assertThat(idsOfAll(limit)).containsAll(live).doesNotContain(deleted, unreadable, expired.id());
		}
	}

	@Test
	void sessionsThatComeAndGoMeanwhileDoNotHideOthers() {
		List<String> staying = create(60);
		List<String> leaving = create(60);
		Set<String> seen = new HashSet<>();
		String cursor = null;
		int pages = 0;
		do {
			SessionPage page = listable(this.store).list(cursor, 7);
			page.sessions().forEach((session) -> seen.add(session.id()));
			if (pages < leaving.size()) {
				this.store.delete(leaving.get(pages));
				create(2);
			}
			pages++;
			cursor = page.next();
		}
		while (cursor != null);
		assertThat(seen).containsAll(staying);
	}

	@Test
	void whatACursorPointsAtMayBeGone() {
		create(10);
		SessionPage first = listable(this.store).list(null, 3);
		assertThat(first.next()).isNotNull();
		List<String> before = listAll(100).stream().map(SessionRecord::id).toList();
		SessionPage second = listable(this.store).list(first.next(), 3);
		Stream.concat(first.sessions().stream(), second.sessions().stream())
			.forEach((session) -> this.store.delete(session.id()));
		Set<String> rest = new HashSet<>(before);
		first.sessions().forEach((session) -> rest.remove(session.id()));
		second.sessions().forEach((session) -> rest.remove(session.id()));
		Set<String> seen = new HashSet<>();
		for (String cursor = first.next(); cursor != null;) {
			SessionPage page = listable(this.store).list(cursor, 3);
			page.sessions().forEach((session) -> seen.add(session.id()));
			cursor = page.next();
		}
		if (isOrdered()) {
			assertThat(seen).isEqualTo(rest);
		}
		else {
			assertThat(rest).containsAll(seen);
		}
	}

	@Test
	void aCursorGivesNoSessionIdAway() {
		List<String> ids = create(30);
		String cursor = null;
		do {
			cursor = listable(this.store).list(cursor, 2).next();
			String current = (cursor != null) ? cursor : "";
			assertThat(ids).noneMatch(current::contains);
			assertThat(current.length()).isLessThan(32);
		}
		while (cursor != null);
	}

	@Test
	void idsOfAnyShapeAreListed() {
		String unique = UUID.randomUUID().toString();
		List<String> ids = Stream
			.of("!", "a", "a}", "A", "Aa", "{a}", "{", "}", "*", "[x]", "?", "\\", "%", "_", "'", "\"", "~", "cluster}",
					"a}:events", "a".repeat(100))
			.map((shape) -> shape + unique + shape)
			.toList();
		ids.forEach((id) -> create(newSession(id)));
		assertThat(idsOfAll(2)).containsAll(ids);
		ids.forEach(this.store::delete);
	}

	@Test
	void applicationsDoNotListEachOthersSessions() {
		List<String> ids = create(5);
		SessionStore foreign = createStoreOfOtherNamespace();
		SessionRecord theirs = newSession();
		assertThat(foreign.create(theirs, LONG)).isTrue();
		assertThat(listable(foreign).list(null, 1000).sessions()).extracting(SessionRecord::id)
			.contains(theirs.id())
			.doesNotContainAnyElementsOf(ids);
		assertThat(idsOfAll(1000)).doesNotContain(theirs.id());
	}

	@Test
	void theSessionsOfAPrincipalAreCountedOnEveryNode() {
		String unique = UUID.randomUUID().toString();
		List<String> principals = List.of("alice " + unique, "Alice " + unique, "{zoë} 🛒:*" + unique,
				"x".repeat(5000) + unique);
		for (int i = 0; i < principals.size(); i++) {
			for (int j = 0; j <= i; j++) {
				create(newSessionOf(principals.get(i)));
			}
			assertThat(createStoreOfOtherNamespace().create(newSessionOf(principals.get(i)), LONG)).isTrue();
		}
		for (int i = 0; i < principals.size(); i++) {
			assertThat(count(principals.get(i))).isEqualTo(i + 1);
		}
		assertThat(count("nobody " + unique)).isZero();
	}

	@Test
	void whatIsDeletedIsNotCounted() {
		String principal = "bob " + UUID.randomUUID();
		String staying = create(newSessionOf(principal));
		SessionRecord deleted = newSessionOf(principal);
		assertThat(this.store.create(deleted, LONG)).isTrue();
		assertThat(this.store.create(deleted, LONG)).isFalse();
		assertThat(count(principal)).isEqualTo(2);
		assertThat(createStore().delete(deleted.id())).isTrue();
		assertThat(createStore().delete(deleted.id())).isFalse();
		assertThat(this.store.touch(deleted.id(), LONG)).isFalse();
		assertThat(count(principal)).isOne();
		this.store.delete(staying);
		assertThat(count(principal)).isZero();
	}

	@Test
	void whatIsExpiredIsNotCountedAndWhatIsTouchedIs() {
		String principal = "carol " + UUID.randomUUID();
		SessionRecord touched = newSessionOf(principal);
		assertThat(this.store.create(touched, Duration.ofSeconds(2))).isTrue();
		assertThat(this.store.touch(touched.id(), LONG)).isTrue();
		assertThat(this.store.create(newSessionOf(principal), Duration.ofMillis(200))).isTrue();
		await().atMost(Duration.ofSeconds(5)).until(() -> count(principal) == 1);
		assertThat(this.store.create(newSessionOf(principal), Duration.ofSeconds(2))).isTrue();
		assertThat(count(principal)).isEqualTo(2);
		// by then the first would have expired too
		await().atMost(Duration.ofSeconds(10)).until(() -> count(principal) == 1);
		assertThat(this.store.find(touched.id())).isPresent();
	}

	@Test
	void whatIsNoCursorOrLimitIsRefused() {
		for (String invalid : List.of("", "not a cursor", "\u0000", "é", "x".repeat(300))) {
			assertThatIllegalArgumentException().isThrownBy(() -> listable(this.store).list(invalid, 10));
		}
		assertThatIllegalArgumentException().isThrownBy(() -> listable(this.store).list(null, 0));
	}

}
