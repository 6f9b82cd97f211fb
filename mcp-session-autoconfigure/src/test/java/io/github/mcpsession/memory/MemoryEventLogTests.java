package io.github.mcpsession.memory;

import java.util.HashMap;
import java.util.Map;

import io.github.mcpsession.EventLogContract;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;

import org.springframework.test.util.ReflectionTestUtils;

class MemoryEventLogTests extends EventLogContract {

	private final Map<String, MemoryEventLog> logs = new HashMap<>();

	@Override
	protected SessionStore createStore(String namespace) {
		return new MemorySessionStore();
	}

	@Override
	protected EventLog createLog(SessionStore store, String namespace, StreamLimits limits) {
		return this.logs.computeIfAbsent(namespace, (name) -> new MemoryEventLog(store, LIMITS)).with(store, limits);
	}

	@Override
	@SuppressWarnings("unchecked")
	protected long amountOfData(String namespace, String session) {
		Map<String, ?> data = (Map<String, ?>) ReflectionTestUtils.getField(this.logs.get(namespace), "logs");
		return data.containsKey(session) ? 1 : 0;
	}

}
