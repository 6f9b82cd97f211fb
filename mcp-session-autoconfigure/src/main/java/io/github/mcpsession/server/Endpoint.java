package io.github.mcpsession.server;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

/**
 * By which paths requests reach the transport of a server: the path of its endpoint, and
 * whatever ends in the path that the transport itself was built with, since it may be
 * mapped below any other. Where that one leads cannot be known: requests to it may be
 * none of this server.
 */
final class Endpoint {

	private final PathPattern path;

	private final @Nullable String end;

	private final @Nullable PathPattern anywhere;

	/**
	 * Create an endpoint.
	 * @param path the path of the endpoint within the application; may be a pattern
	 * @param own the path that the transport was built with, {@code null} if it is not
	 * known
	 */
	Endpoint(String path, @Nullable String own) {
		this.path = PathPatternParser.defaultInstance.parse(path);
		this.end = (own != null && !own.isEmpty() && !own.equals("/")) ? own.toLowerCase(Locale.ROOT) : null;
		this.anywhere = (this.end != null) ? anywhere(this.end) : null;
	}

	private static @Nullable PathPattern anywhere(String end) {
		PathPatternParser parser = new PathPatternParser();
		parser.setCaseSensitive(false);
		try {
			return parser.parse("/**" + (end.startsWith("/") ? end : "/" + end));
		}
		catch (PatternParseException ex) {
			return null;
		}
	}

	boolean matches(PathContainer path) {
		return this.path.matches(path);
	}

	boolean mayMatch(PathContainer path) {
		return (this.end != null && path.value().toLowerCase(Locale.ROOT).endsWith(this.end))
				|| (this.anywhere != null && this.anywhere.matches(path));
	}

	@Override
	public String toString() {
		return this.path.getPatternString();
	}

}
