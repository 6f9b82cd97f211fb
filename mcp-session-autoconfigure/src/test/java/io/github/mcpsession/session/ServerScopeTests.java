package io.github.mcpsession.session;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ServerScopeTests {

	private final ServerScope first = ServerScope.DEFAULT;

	private final ServerScope second = ServerScope.of("/second");

	private final ServerScope third = ServerScope.of("/third");

	@Test
	void anIdIsOfOneTransport() {
		for (ServerScope realm : List.of(this.first, this.second, this.third)) {
			String id = realm.idOf(UUID.randomUUID().toString());
			assertThat(SessionIds.isValid(id)).isTrue();
			for (ServerScope other : List.of(this.first, this.second, this.third)) {
				assertThat(other.hasId(id)).isEqualTo(other == realm);
			}
		}
	}

	@Test
	void theFirstTransportHasAllIdsWithoutAMark() {
		assertThat(this.first.idOf("x")).isEqualTo("x");
		for (String id : List.of("", "x", "0123abcd-", "0123abcd", "0123ABCD.x", "0123abc.x")) {
			assertThat(this.first.hasId(id)).isTrue();
		}
		assertThat(this.first.hasId("0123abcd.")).isFalse();
		assertThat(this.first.hasId(ServerScope.callerId("alice"))).isFalse();
	}

	@Test
	void aMarkIsTheSameOnAllNodesAndInAllReleases() {
		assertThat(this.second.idOf("x")).isEqualTo("41f4f57c.x");
	}

	@Test
	void announcementsAreOfOneTransport() {
		EventLog all = new MemoryEventLog(new MemorySessionStore(), new StreamLimits(10, 1000, Duration.ofMinutes(1)));
		EventLog ofFirst = this.first.eventLog(all);
		EventLog ofSecond = this.second.eventLog(all);
		long one = ofFirst.announce("topic\nof two lines", "1");
		long two = ofSecond.announce("topic\nof two lines", "2");
		assertThat(ofFirst.announcementsAfter(0)).containsExactly(new Announcement(one, "topic\nof two lines", "1"));
		assertThat(ofSecond.announcementsAfter(0)).containsExactly(new Announcement(two, "topic\nof two lines", "2"));
		assertThat(this.third.eventLog(all).announcementsAfter(0)).isEmpty();
		assertThat(ofSecond.announcementsAfter(two)).isEmpty();
	}

}
