package io.github.mcpsession.web;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;

/**
 * What to do when a request ends, on the thread on which it does: that of its dispatch,
 * or one of the container's if the response goes on after that.
 *
 * @param task what to do
 */
record EndOfRequest(Runnable task) implements AsyncListener {

	static void run(HttpServletRequest request, Runnable task) {
		if (request.isAsyncStarted()) {
			try {
				request.getAsyncContext().addListener(new EndOfRequest(task));
				return;
			}
			catch (IllegalStateException ex) {
				// completed meanwhile
			}
		}
		task.run();
	}

	@Override
	public void onComplete(AsyncEvent event) {
		this.task.run();
	}

	@Override
	public void onTimeout(AsyncEvent event) {
		// completes later
	}

	@Override
	public void onError(AsyncEvent event) {
		// completes later
	}

	@Override
	public void onStartAsync(AsyncEvent event) {
		event.getAsyncContext().addListener(this);
	}

}
