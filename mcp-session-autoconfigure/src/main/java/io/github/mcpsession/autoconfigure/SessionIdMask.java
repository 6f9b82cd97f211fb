package io.github.mcpsession.autoconfigure;

import java.util.List;
import java.util.regex.Pattern;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.CallerData;
import ch.qos.logback.classic.spi.EventArgUtil;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.github.mcpsession.SessionIds;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;

/**
 * Replaces session ids in what the MCP SDK, Spring AI and the community's MCP security
 * log by the {@linkplain SessionIds#mask short hash} by which this library names
 * sessions: whoever can read a log could else use the sessions in it. What looks like an
 * id of the SDK, a UUID, is taken for one. So is one by which somebody has named a
 * session to the actuator endpoint, where Spring logs the URL of a request. Stack traces
 * are left as they are.
 * <p>
 * Logback asks on every thread that logs, about every line of the application, also those
 * that are switched off; nothing is kept between two of them. There is one for the JVM,
 * which stays when an application ends: its last requests are logged after its beans are
 * gone.
 */
final class SessionIdMask extends TurboFilter implements LoggerContextListener {

	private static final SessionIdMask INSTANCE = new SessionIdMask();

	private static final List<String> MCP = List.of("io.modelcontextprotocol.", "org.springframework.ai.mcp.",
			"org.springaicommunity.mcp.");

	private static final List<String> WEB = List.of("org.springframework.web.", "org.springframework.security.web.");

	private static final Pattern SESSION_ID = Pattern
		.compile("(?:[0-9a-f]{8}\\.)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}");

	private static final Pattern IN_URL = Pattern.compile("(?<=/mcpsessions/)" + SESSION_ID);

	private SessionIdMask() {
	}

	/**
	 * Mask from now on, or no longer. Does nothing where Logback is not what logs.
	 * @param masks whether to mask
	 */
	static synchronized void use(boolean masks) {
		if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
			context.getTurboFilterList().remove(INSTANCE);
			context.removeListener(INSTANCE);
			if (masks) {
				INSTANCE.setContext(context);
				INSTANCE.start();
				INSTANCE.onReset(context);
				context.addListener(INSTANCE);
			}
		}
	}

	@Override
	public boolean isResetResistant() {
		return true;
	}

	/**
	 * The configuration is read again, and Logback has dropped all filters. This is the
	 * first of them: one that accepts a line would end the search.
	 */
	@Override
	public void onReset(LoggerContext context) {
		context.getTurboFilterList().add(0, this);
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
		Pattern pattern = (format != null && level.isGreaterOrEqual(logger.getEffectiveLevel()))
				? patternFor(logger.getName()) : null;
		if (format == null || pattern == null) {
			return FilterReply.NEUTRAL;
		}
		String message = MessageFormatter.basicArrayFormat(format, arguments);
		String masked = pattern.matcher(message).replaceAll((id) -> SessionIds.mask(id.group()));
		if (masked.equals(message)) {
			return FilterReply.NEUTRAL;
		}
		LoggingEvent event = new LoggingEvent(Logger.FQCN, logger, level, masked,
				(throwable != null) ? throwable : EventArgUtil.extractThrowable(arguments), null);
		LoggerContext context = logger.getLoggerContext();
		event.setCallerData(CallerData.extract(new Throwable(), Logger.FQCN, context.getMaxCallerDataDepth(),
				context.getFrameworkPackages()));
		if (marker != null) {
			event.addMarker(marker);
		}
		logger.callAppenders(event);
		return FilterReply.DENY;
	}

	private static @Nullable Pattern patternFor(String logger) {
		if (MCP.stream().anyMatch(logger::startsWith)) {
			return SESSION_ID;
		}
		return WEB.stream().anyMatch(logger::startsWith) ? IN_URL : null;
	}

}
