import {
  type Icon,
  IconAlignLeft,
  IconBook,
  IconChartBar,
  IconFileTypePdf,
  IconGif,
  IconLink,
  IconListDetails,
  IconMovie,
  IconPhoto,
  IconPhotoScan,
  IconVideo,
} from '@tabler/icons-react';
import type { ContentType } from '../../../api/types.ts';
import { typeNames } from '../../../ui/StatusBadge.tsx';
import css from './pickers.module.css';

export const typeIcons: Record<ContentType, Icon> = {
  text: IconAlignLeft,
  image: IconPhoto,
  carousel: IconPhotoScan,
  video: IconVideo,
  reel: IconMovie,
  story: IconBook,
  gif: IconGif,
  document: IconFileTypePdf,
  link: IconLink,
  poll: IconChartBar,
  thread: IconListDetails,
};

/** The types that some channel takes, as one choice of many. */
export function TypePicker({
  value,
  types,
  onChange,
}: {
  value: ContentType;
  types: readonly ContentType[];
  onChange: (type: ContentType) => void;
}) {
  return (
    <fieldset className={css.set} id="field-content_type">
      <legend className={css.legend}>Content type</legend>
      <div className={css.row}>
        {types.map((type) => {
          const Sign = typeIcons[type];
          return (
            <label key={type} className={css.type} data-on={type === value ? true : undefined}>
              <input
                type="radio"
                name="content-type"
                value={type}
                checked={type === value}
                onChange={() => onChange(type)}
                className={css.hidden}
              />
              <Sign size={17} stroke={1.7} aria-hidden="true" />
              {typeNames[type]}
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
