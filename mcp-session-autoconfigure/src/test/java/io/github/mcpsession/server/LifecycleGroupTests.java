package io.github.mcpsession.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import org.springframework.context.SmartLifecycle;

import static org.assertj.core.api.Assertions.assertThat;

class LifecycleGroupTests {

	private final LifecycleGroup group = new LifecycleGroup(7);

	@Test
	void membersStartWithTheGroupOrAtOnceIfItRuns() {
		Member early = new Member();
		this.group.add(early);
		assertThat(early.running).isFalse();
		this.group.start();
		assertThat(this.group.isRunning()).isTrue();
		assertThat(early.running).isTrue();
		Member late = new Member();
		this.group.add(late);
		assertThat(late.running).isTrue();
		this.group.stop();
		assertThat(this.group.isRunning()).isFalse();
		assertThat(early.running).isFalse();
		assertThat(late.running).isFalse();
	}

	@Test
	void theGroupHasStoppedWhenAllItsMembersHave() {
		Member one = new Member();
		Member two = new Member();
		this.group.add(one);
		this.group.add(two);
		this.group.start();
		AtomicInteger stopped = new AtomicInteger();
		this.group.stop(stopped::incrementAndGet);
		assertThat(stopped).hasValue(0);
		two.callbacks.get(0).run();
		assertThat(stopped).hasValue(0);
		one.callbacks.get(0).run();
		assertThat(stopped).hasValue(1);
	}

	@Test
	void aGroupWithoutMembersStopsAtOnce() {
		AtomicInteger stopped = new AtomicInteger();
		this.group.start();
		this.group.stop(stopped::incrementAndGet);
		assertThat(stopped).hasValue(1);
		assertThat(this.group.getPhase()).isEqualTo(7);
	}

	private static final class Member implements SmartLifecycle {

		private final List<Runnable> callbacks = new ArrayList<>();

		private boolean running;

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
		}

		@Override
		public void stop(Runnable callback) {
			stop();
			this.callbacks.add(callback);
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

	}

}
