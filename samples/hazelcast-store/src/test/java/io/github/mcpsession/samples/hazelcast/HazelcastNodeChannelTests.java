package io.github.mcpsession.samples.hazelcast;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.contract.NodeChannelContract;

class HazelcastNodeChannelTests extends NodeChannelContract {

	@Override
	protected NodeChannel createChannel(String namespace) {
		return new HazelcastNodeChannel(Members.next(), namespace);
	}

	@Override
	protected long amountOfData(String namespace) {
		return Members.next().getMap("mcp-nodes").containsKey(namespace) ? 1 : 0;
	}

}
