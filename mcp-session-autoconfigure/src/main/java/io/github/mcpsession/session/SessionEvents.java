package io.github.mcpsession.session;

import io.github.mcpsession.SessionCreatedEvent;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.metrics.SessionMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

/**
 * Counts and publishes events. What a listener throws is logged and goes no further.
 *
 * @param publisher publishes
 * @param metrics counts
 */
public record SessionEvents(ApplicationEventPublisher publisher, SessionMetrics metrics) {

	private static final Logger logger = LoggerFactory.getLogger(SessionEvents.class);

	public void publish(Object event) {
		if (event instanceof SessionCreatedEvent) {
			this.metrics.created();
		}
		else if (event instanceof SessionTerminatedEvent terminated) {
			this.metrics.terminated(terminated.reason());
		}
		try {
			this.publisher.publishEvent(event);
		}
		catch (RuntimeException ex) {
			logger.warn("An event listener failed on {}", event, ex);
		}
	}

}
