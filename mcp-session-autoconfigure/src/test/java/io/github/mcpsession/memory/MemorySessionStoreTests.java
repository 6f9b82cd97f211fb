package io.github.mcpsession.memory;

import java.util.Map;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.ListableSessionStoreContract;

import org.springframework.test.util.ReflectionTestUtils;

class MemorySessionStoreTests extends ListableSessionStoreContract {

	private final MemorySessionStore memory = new MemorySessionStore();

	/**
	 * There is no other node.
	 */
	@Override
	protected SessionStore createStore() {
		return this.memory;
	}

	@Override
	protected SessionStore createStoreOfOtherNamespace() {
		return new MemorySessionStore();
	}

	@Override
	protected boolean hasData(String sessionId) {
		return entries().containsKey(sessionId);
	}

	/**
	 * In memory nothing can be unreadable; the closest is that it is not there.
	 */
	@Override
	protected void corrupt(String sessionId) {
		entries().remove(sessionId);
	}

	@SuppressWarnings("unchecked")
	private Map<String, Object> entries() {
		return (Map<String, Object>) ReflectionTestUtils.getField(this.memory, "entries");
	}

}
