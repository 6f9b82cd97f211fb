package io.github.mcpsession.web;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;

/**
 * Passes a request to the filter of its MCP endpoint. Filters may be added while requests
 * are served.
 *
 * @since 0.1.0
 */
public final class SessionEndpointsFilter implements Filter {

	private final SessionRestoringFilter first;

	private final List<SessionRestoringFilter> others = new CopyOnWriteArrayList<>();

	/**
	 * Create a filter for one endpoint.
	 * @param first the filter of that endpoint
	 */
	public SessionEndpointsFilter(SessionRestoringFilter first) {
		this.first = first;
	}

	/**
	 * Add the filter of one more endpoint. It comes before the first one, whose endpoint
	 * may be a pattern that matches this one, too.
	 * @param filter the filter
	 */
	public void add(SessionRestoringFilter filter) {
		this.others.add(filter);
	}

	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		filterOf(request).doFilter(request, response, chain);
	}

	private SessionRestoringFilter filterOf(ServletRequest request) {
		if (request instanceof HttpServletRequest http) {
			for (SessionRestoringFilter filter : this.others) {
				if (filter.isForEndpoint(http)) {
					return filter;
				}
			}
		}
		return this.first;
	}

}
