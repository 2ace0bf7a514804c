const { Workflow } = require('outlast');
const { connect } = require('outlast/client');
const { startLocal } = require('outlast/local');
const { replay } = require('outlast/testing');
const { duckDuckGoTools } = require('outlast/tools');
const { createWorker } = require('outlast/worker');

const shout = ({ input }) => `${input}!`;
const { name } = new Workflow({ name: 'Shout', steps: [shout] });
const faces = [connect, startLocal, replay, duckDuckGoTools, createWorker].map(
  (face) => typeof face,
);
console.log(JSON.stringify({ name, faces }));
