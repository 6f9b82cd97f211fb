package io.github.mcpsession.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.context.SmartLifecycle;

/**
 * Starts and stops as one what is not known yet when the application context collects its
 * beans. A member that comes later is started at once. Guarded by its monitor.
 */
final class LifecycleGroup implements SmartLifecycle {

	private final int phase;

	private final List<SmartLifecycle> members = new ArrayList<>();

	private boolean running;

	LifecycleGroup(int phase) {
		this.phase = phase;
	}

	synchronized void add(SmartLifecycle member) {
		this.members.add(member);
		if (this.running) {
			member.start();
		}
	}

	@Override
	public synchronized void start() {
		this.running = true;
		this.members.forEach(SmartLifecycle::start);
	}

	@Override
	public void stop() {
		stopped().forEach(SmartLifecycle::stop);
	}

	@Override
	public void stop(Runnable callback) {
		List<SmartLifecycle> stopping = stopped();
		AtomicInteger left = new AtomicInteger(stopping.size() + 1);
		Runnable countDown = () -> {
			if (left.decrementAndGet() == 0) {
				callback.run();
			}
		};
		stopping.forEach((member) -> member.stop(countDown));
		countDown.run();
	}

	private synchronized List<SmartLifecycle> stopped() {
		this.running = false;
		return List.copyOf(this.members);
	}

	@Override
	public synchronized boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

}
