package io.github.mcpsession.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

/**
 * Publishes events. What a listener throws is logged and goes no further.
 */
record SessionEvents(ApplicationEventPublisher publisher) {

	private static final Logger logger = LoggerFactory.getLogger(SessionEvents.class);

	void publish(Object event) {
		try {
			this.publisher.publishEvent(event);
		}
		catch (RuntimeException ex) {
			logger.warn("A listener failed on {}", event, ex);
		}
	}

}
