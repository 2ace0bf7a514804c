import { Workflow } from 'outlast';
import { connect } from 'outlast/client';
import { startLocal } from 'outlast/local';
import { replay } from 'outlast/testing';
import { duckDuckGoTools } from 'outlast/tools';
import { createWorker } from 'outlast/worker';

const shout = ({ input }) => `${input}!`;
const { name } = new Workflow({ name: 'Shout', steps: [shout] });
const faces = [connect, startLocal, replay, duckDuckGoTools, createWorker].map(
  (face) => typeof face,
);
console.log(JSON.stringify({ name, faces }));
