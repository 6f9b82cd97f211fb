package io.github.mcpsession.session;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class UseCountTests {

	private final UseCount use = new UseCount();

	@Test
	void whatIsHeldIsNotClosed() {
		assertThat(this.use.acquire()).isTrue();
		assertThat(this.use.acquire()).isTrue();
		this.use.release();
		assertThat(this.use.isHeld()).isTrue();
		assertThat(this.use.closeUnlessHeld()).isFalse();
		this.use.release();
		assertThat(this.use.isHeld()).isFalse();
		assertThat(this.use.closeUnlessHeld()).isTrue();
	}

	@Test
	void whatIsClosedIsNotHeld() {
		assertThat(this.use.closeUnlessHeld()).isTrue();
		assertThat(this.use.closeUnlessHeld()).isFalse();
		assertThat(this.use.acquire()).isFalse();
		this.use.release();
		assertThat(this.use.isHeld()).isFalse();
		assertThat(this.use.acquire()).isFalse();
	}

	@Test
	void theTimerIsPushedOnceAnInterval() {
		long interval = Duration.ofHours(1).toNanos();
		assertThat(this.use.claimTouch(interval)).isFalse();
		this.use.touchSoon();
		assertThat(this.use.claimTouch(interval)).isTrue();
		assertThat(this.use.claimTouch(interval)).isFalse();
	}

}
