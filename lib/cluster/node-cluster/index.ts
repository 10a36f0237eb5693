export { clusterize, type ClusterizeOptions } from './clusterize.js';
export { nodeClusterAdapter, type NodeClusterAdapterOptions } from './node-cluster-adapter.js';
export { setupPrimary } from './primary.js';
