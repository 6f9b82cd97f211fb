package io.github.mcpsession.web;

import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import jakarta.servlet.ServletOutputStream;
import org.junit.jupiter.api.Test;

import org.springframework.mock.web.DelegatingServletOutputStream;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client that does not read, so that who writes waits.
 */
class SseResponseTests {

	private final CountDownLatch writing = new CountDownLatch(1);

	private final CountDownLatch reading = new CountDownLatch(1);

	private final SseResponse response = new SseResponse(new MockHttpServletResponse() {

		@Override
		public ServletOutputStream getOutputStream() {
			return new DelegatingServletOutputStream(new OutputStream() {

				@Override
				public void write(int value) {
					SseResponseTests.this.writing.countDown();
					try {
						SseResponseTests.this.reading.await();
					}
					catch (InterruptedException ex) {
						Thread.currentThread().interrupt();
					}
				}

			});
		}

	}, "2025-11-25");

	@Test
	void nobodyElseWaitsButTheContainer() throws Exception {
		CompletableFuture<Boolean> sent = CompletableFuture.supplyAsync(() -> this.response.send("1", "{}"));
		assertThat(this.writing.await(5, TimeUnit.SECONDS)).isTrue();
		assertThat(this.response.heartbeat()).isTrue();
		this.response.close();
		assertThat(sent).isNotDone();
		this.reading.countDown();
		assertThat(sent.get(5, TimeUnit.SECONDS)).isTrue();
		assertThat(this.response.send("2", "{}")).isFalse();
	}

	@Test
	void theContainerWaitsForWhoIsWriting() throws Exception {
		CompletableFuture<Boolean> sent = CompletableFuture.supplyAsync(() -> this.response.send("1", "{}"));
		assertThat(this.writing.await(5, TimeUnit.SECONDS)).isTrue();
		CompletableFuture<Boolean> container = CompletableFuture.supplyAsync(() -> {
			this.response.closeAndWait();
			return sent.isDone() || this.reading.getCount() == 0;
		});
		assertThat(container).isNotDone();
		this.reading.countDown();
		assertThat(container.get(5, TimeUnit.SECONDS)).isTrue();
	}

}
