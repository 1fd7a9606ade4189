export {
  studioServer,
  type StudioModel,
  type StudioOptions,
  type StudioServer,
} from './studio-server.js';
