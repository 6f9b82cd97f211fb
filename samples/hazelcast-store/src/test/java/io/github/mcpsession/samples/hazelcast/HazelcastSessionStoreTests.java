package io.github.mcpsession.samples.hazelcast;

import com.hazelcast.map.IMap;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.ListableSessionStoreContract;

class HazelcastSessionStoreTests extends ListableSessionStoreContract {

	private static IMap<String, StoredSession> map() {
		return Members.next().getMap(HazelcastSessionStore.mapName("contract"));
	}

	@Override
	protected SessionStore createStore() {
		return new HazelcastSessionStore(Members.next(), "contract");
	}

	@Override
	protected SessionStore createStoreOfOtherNamespace() {
		return new HazelcastSessionStore(Members.next(), "contract2");
	}

	@Override
	protected boolean hasData(String sessionId) {
		return map().containsKey(sessionId);
	}

	@Override
	protected void corrupt(String sessionId) {
		map().executeOnKey(sessionId, (entry) -> {
			StoredSession session = entry.getValue();
			session.json = "{";
			entry.setValue(session);
			return null;
		});
	}

	@Override
	protected boolean isOrdered() {
		return false;
	}

}
