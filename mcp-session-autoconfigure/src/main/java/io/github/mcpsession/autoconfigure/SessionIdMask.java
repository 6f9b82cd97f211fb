package io.github.mcpsession.autoconfigure;

import java.util.regex.Pattern;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.EventArgUtil;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.github.mcpsession.SessionIds;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;

/**
 * Replaces session ids in what the MCP SDK and Spring AI log by the
 * {@linkplain SessionIds#mask short hash} by which this library names sessions: whoever
 * can read a log could else use the sessions in it. What looks like an id of the SDK, a
 * UUID, is taken for one. Stack traces are left as they are.
 * <p>
 * Logback asks on every thread that logs, about every line of the application, also those
 * that are switched off; nothing is kept between two of them.
 */
final class SessionIdMask extends TurboFilter implements LoggerContextListener, InitializingBean, DisposableBean {

	private static final Pattern SESSION_ID = Pattern
		.compile("(?:[0-9a-f]{8}\\.)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

	@Override
	public void afterPropertiesSet() {
		if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
			setContext(context);
			start();
			context.addTurboFilter(this);
			context.addListener(this);
		}
	}

	@Override
	public void destroy() {
		stop();
		if (getContext() instanceof LoggerContext context) {
			context.removeListener(this);
			context.getTurboFilterList().remove(this);
		}
	}

	@Override
	public boolean isResetResistant() {
		return true;
	}

	/**
	 * The configuration is read again, and Logback has dropped all filters.
	 */
	@Override
	public void onReset(LoggerContext context) {
		context.addTurboFilter(this);
	}

	@Override
	public void onStart(LoggerContext context) {
	}

	@Override
	public void onStop(LoggerContext context) {
	}

	@Override
	public void onLevelChange(Logger logger, Level level) {
	}

	@Override
	public FilterReply decide(@Nullable Marker marker, Logger logger, Level level, @Nullable String format,
			@Nullable Object @Nullable [] arguments, @Nullable Throwable throwable) {
		if (format == null || !level.isGreaterOrEqual(logger.getEffectiveLevel()) || !isForeign(logger.getName())) {
			return FilterReply.NEUTRAL;
		}
		String message = new LoggingEvent(Logger.FQCN, logger, level, format, throwable, arguments)
			.getFormattedMessage();
		String masked = SESSION_ID.matcher(message).replaceAll((id) -> SessionIds.mask(id.group()));
		if (masked.equals(message)) {
			return FilterReply.NEUTRAL;
		}
		LoggingEvent event = new LoggingEvent(Logger.FQCN, logger, level, masked,
				(throwable != null) ? throwable : EventArgUtil.extractThrowable(arguments), null);
		if (marker != null) {
			event.addMarker(marker);
		}
		logger.callAppenders(event);
		return FilterReply.DENY;
	}

	private static boolean isForeign(String logger) {
		return logger.startsWith("io.modelcontextprotocol.") || logger.startsWith("org.springframework.ai.mcp.");
	}

}
