/** @file Accuracy over cost, a point a model: the pointer or the arrow keys say of one what it is. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../settings.js';
import { labelPlaces } from './label-places.js';

/** A model as a point. */
export interface CostPoint {
  readonly name: string;
  /** Multiply-adds in G. */
  readonly cost: number;
  /** Percent. */
  readonly accuracy: number;
  readonly source: string;
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT] = [760, 400, 48, 12, 44, 130];

/** Costs in steps of about 3, from the tick below the least to the one above the most. */
function costTicks(costs: readonly number[]): readonly number[] {
  const all = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000];
  const first = all.findLastIndex((tick) => tick <= Math.min(...costs));
  const last = all.findIndex((tick) => tick >= Math.max(...costs));
  return all.slice(first, last + 1);
}

function accuracyTicks(accuracies: readonly number[]): readonly number[] {
  const low = Math.floor((Math.min(...accuracies) - 0.5) / 5);
  const high = Math.ceil((Math.max(...accuracies) + 0.5) / 5);
  return Array.from({ length: high - low + 1 }, (_, i) => 5 * (low + i));
}

/** The chart, and below it the point that is looked at. */
export function Scatter({
  points,
  label,
  x: xTitle,
  y: yTitle,
}: {
  readonly points: readonly CostPoint[];
  readonly label: string;
  readonly x: string;
  readonly y: string;
}) {
  const texts = useTexts().compare;
  const [active, setActive] = useState<string>();
  const chart = useRef<SVGSVGElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  // Where it does not fit, the large models are what is looked for.
  useLayoutEffect(() => frame.current?.scrollTo({ left: WIDTH }), []);
  const costs = costTicks(points.map(({ cost }) => cost));
  const accuracies = accuracyTicks(points.map(({ accuracy }) => accuracy));
  const [low, high] = [accuracies[0]!, accuracies.at(-1)!];
  const [least, most] = [Math.log(costs[0]!), Math.log(costs.at(-1)!)];
  const x = (cost: number): number =>
    LEFT + ((WIDTH - LEFT - RIGHT) * (Math.log(cost) - least)) / (most - least);
  const y = (accuracy: number): number =>
    TOP + ((HEIGHT - BOTTOM - TOP) * (high - accuracy)) / (high - low);
  const placed = labelPlaces(
    [...points]
      .sort((a, b) => a.cost - b.cost)
      .map((point) => ({ ...point, x: x(point.cost), y: y(point.accuracy) })),
  );
  const words = ({ name, accuracy, cost, source }: CostPoint): string =>
    `${name}: ${accuracy} %, ${cost.toFixed(1)} G (${source})`;
  const current = placed.find(({ name }) => name === active);

  function move(event: KeyboardEvent): void {
    const at = placed.findIndex(({ name }) => name === active);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: placed.length - 1 }[
      event.key
    ];
    if (to === undefined || !placed[to]) return;
    event.preventDefault();
    chart.current?.querySelectorAll<SVGGElement>('.point')[to]?.focus();
  }

  return (
    <>
      <div class="scroll" role="region" aria-label={label} tabIndex={0} ref={frame}>
        <svg
          class="chart wide"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="group"
          aria-label={label}
          ref={chart}
          onKeyDown={move}
          onPointerLeave={() => setActive(undefined)}
        >
          <g aria-hidden="true">
            {accuracies.map((accuracy) => (
              <g key={accuracy}>
                <line
                  class="axis"
                  {...{ x1: LEFT, x2: WIDTH - RIGHT, y1: y(accuracy), y2: y(accuracy) }}
                  opacity={accuracy === low ? 1 : 0.4}
                />
                <text x={LEFT - 6} y={y(accuracy) + 4} text-anchor="end">
                  {accuracy}
                </text>
              </g>
            ))}
            {costs.map((cost) => (
              <text key={cost} x={x(cost)} y={HEIGHT - BOTTOM + 18} text-anchor="middle">
                {cost}
              </text>
            ))}
            <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle">
              {xTitle}
            </text>
            <text
              x={14}
              y={HEIGHT / 2}
              text-anchor="middle"
              transform={`rotate(-90 14 ${HEIGHT / 2})`}
            >
              {yTitle}
            </text>
          </g>
          {placed.map((point) => (
            <g
              key={point.name}
              class="point"
              role="img"
              aria-label={words(point)}
              tabIndex={point === (current ?? placed[0]) ? 0 : -1}
              data-active={point === current}
              onFocus={() => setActive(point.name)}
              onPointerEnter={() => setActive(point.name)}
            >
              {point.name.startsWith('slowfast') ? (
                <circle cx={point.x} cy={point.y} r="6" fill="#2f7fd1" />
              ) : (
                <rect x={point.x - 5} y={point.y - 5} width="10" height="10" fill="#d9622b" />
              )}
              <line
                class="axis"
                x1={point.x + 6}
                y1={point.y}
                x2={point.x + 11}
                y2={point.labelY}
              />
              <text x={point.x + 13} y={point.labelY + 4}>
                {point.name}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <p class="note" data-point>
        {current ? words(current) : texts.pointAt}
      </p>
    </>
  );
}
