package io.github.mcpsession.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class HandlerThreadsTests {

	@Test
	void soManyToolsRunAtOnceAndNoMore() {
		CountDownLatch end = new CountDownLatch(1);
		AtomicInteger begun = new AtomicInteger();
		try (HandlerThreads threads = HandlerThreads.create(3)) {
			for (int i = 0; i < 5; i++) {
				threads.tools().schedule(() -> {
					begun.incrementAndGet();
					try {
						end.await();
					}
					catch (InterruptedException ex) {
						Thread.currentThread().interrupt();
					}
				});
			}
			await().until(() -> begun.get() == 3);
			await().during(Duration.ofMillis(100)).until(() -> begun.get() == 3);
			end.countDown();
			await().until(() -> begun.get() == 5);
			assertThat(begun).hasValue(5);
		}
	}

}
