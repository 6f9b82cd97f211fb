package io.github.mcpsession.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every event log must do with announcements: one half of {@link EventLogContract}.
 */
public abstract class AnnouncementsContract {

	/**
	 * One of its own for each test.
	 */
	protected String namespace;

	protected EventLog log;

	/**
	 * A log as one more node would have it, on the same data.
	 */
	protected abstract EventLog createLog(String namespace);

	@Test
	void numbersAreTimesAndRise() {
		long before = System.currentTimeMillis() - 60_000;
		long last = before;
		for (int i = 0; i < 50; i++) {
			long number = this.log.announce("topic " + i, "{}");
			assertThat(number).isGreaterThan(last);
			last = number;
		}
		assertThat(last).isLessThan(System.currentTimeMillis() + 60_000);
	}

	@Test
	void whatCameLaterIsReadByAnotherNode() {
		String message = "{\"method\":\"ü€😀 '\\\"\"}";
		long first = this.log.announce("a ü€😀 :' |", message);
		long second = this.log.announce("b", "2");
		long third = this.log.announce("c", "3");
		EventLog other = createLog(this.namespace);
		assertThat(other.announcementsAfter(0)).containsExactly(new Announcement(first, "a ü€😀 :' |", message),
				new Announcement(second, "b", "2"), new Announcement(third, "c", "3"));
		assertThat(other.announcementsAfter(first)).extracting(Announcement::topic).containsExactly("b", "c");
		assertThat(other.announcementsAfter(third)).isEmpty();
	}

	@Test
	void ofATopicTheLastIsRemembered() {
		this.log.announce("a", "1");
		long b = this.log.announce("b", "2");
		long a = this.log.announce("a", "3");
		assertThat(this.log.announcementsAfter(0)).containsExactly(new Announcement(b, "b", "2"),
				new Announcement(a, "a", "3"));
	}

	@Test
	void namespacesAreApart() {
		this.log.announce("a", "1");
		assertThat(createLog(this.namespace + "x").announcementsAfter(0)).isEmpty();
	}

	@Test
	void aLongTopicIsATopic() {
		String topic = "notifications/resources/updated " + "x".repeat(4000);
		this.log.announce(topic + "1", "1");
		this.log.announce(topic + "2", "2");
		this.log.announce(topic + "1", "3");
		assertThat(this.log.announcementsAfter(0)).extracting(Announcement::message).containsExactly("2", "3");
	}

	@Test
	void theNumberOfTopicsIsBounded() {
		for (int i = 0; i < EventLog.MAX_TOPICS + 250; i++) {
			this.log.announce("topic " + i, "{}");
		}
		List<Announcement> remembered = this.log.announcementsAfter(0);
		assertThat(remembered).hasSizeBetween(EventLog.MAX_TOPICS, EventLog.MAX_TOPICS + 200);
		assertThat(remembered.get(remembered.size() - 1).topic()).isEqualTo("topic " + (EventLog.MAX_TOPICS + 249));
	}

	@Test
	void twoNodesNeverShareANumber() throws Exception {
		List<EventLog> nodes = List.of(this.log, createLog(this.namespace));
		ExecutorService announcers = Executors.newFixedThreadPool(8);
		try {
			List<Callable<Long>> tasks = IntStream.range(0, 80)
				.mapToObj((i) -> (Callable<Long>) () -> nodes.get(i % 2).announce("topic " + i % 20, "{}"))
				.toList();
			List<Long> numbers = new ArrayList<>();
			for (Future<Long> result : announcers.invokeAll(tasks)) {
				numbers.add(result.get());
			}
			assertThat(numbers).doesNotHaveDuplicates();
			assertThat(this.log.announcementsAfter(0)).hasSize(20);
		}
		finally {
			announcers.shutdownNow();
		}
	}

}
